// Judges manifests by Kubernetes' schemas, which kubernetes-models has from its OpenAPI document: JSON lines on stdin, one
// object each; a line on stdout for each fault. Types, enums and what is required are ajv's affair; the schemas let
// fields pass that nobody knows, so TypeScript is asked for those.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const ts = require("typescript");  // an import would first look for the names in its nine megabytes
const modules = (object) => `kubernetes-models/${object.apiVersion}/${object.kind}`;

function schemaFaults(object) {
  const Model = require(modules(object))[object.kind];
  try {
    new Model(object).validate();
    return [];
  } catch (error) {
    return [error.message];
  }
}

function unknownFields(objects) {
  const folder = mkdtempSync(join(here, "judged-"));
  try {
    const file = join(folder, "manifests.ts");
    const lines = objects.map((object, i) =>
      `import { I${object.kind} as T${i} } from "${modules(object)}";\nexport const o${i}: T${i} = ${JSON.stringify(object)};\n`);
    writeFileSync(file, lines.join(""));
    const options = { noEmit: true, strict: true, skipLibCheck: true, types: [], lib: ["lib.es5.d.ts"] };
    const program = ts.createProgram([file], options);
    return ts.getPreEmitDiagnostics(program).map((fault) => ts.flattenDiagnosticMessageText(fault.messageText, " "));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const objects = readFileSync(0, "utf8").split("\n").filter(Boolean).map((line) => JSON.parse(line));
for (const fault of [...objects.flatMap(schemaFaults), ...unknownFields(objects)]) console.log(fault);
