import assert from "node:assert/strict";
import test from "node:test";

import { toHtml } from "../../../web/js/markdown.js";

const HOSTILE = [
  '<img src=x onerror="alert(1)">',
  "<script>alert(1)</script>",
  "<svg/onload=alert(1)>",
  "[x](javascript:alert(1))",
  "[x](JaVaScRiPt:alert(1))",
  "[x](java\nscript:alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](data:text/html;base64,PHNjcmlwdD4=)",
  "[x](vbscript:msgbox(1))",
  "[x](file:///etc/passwd)",
  "![x](javascript:alert(1))",
  "![x](data:image/svg+xml,<svg onload=alert(1)>)",
  '[x](https://e.example "onmouseover=alert(1)")',
  '![a" onerror="alert(1)](https://e.example/x.png)',
  '```"><img src=x onerror=alert(1)>\ncode\n```',
  "```html\n<script>alert(1)</script>\n```",
  "`<img src=x onerror=alert(1)>`",
  '<a href="https://e.example" style="position:fixed">x</a>',
  "| <b onclick=x> |\n|---|\n| <iframe src=//e.example> |",
];

test("nothing that a text can say becomes an element, a handler or a link that runs", () => {
  for (const text of HOSTILE) {
    const html = toHtml(text);
    assert.doesNotMatch(html, /<(img|script|svg|iframe|b |style)/i, text);
    assert.doesNotMatch(html, /<[^>]*\son\w+=/i, text);
    assert.doesNotMatch(html, /href="(?!https?:|mailto:)/i, text);
    assert.doesNotMatch(html, /<[^>]*\sstyle=/i, text);
  }
});

test("an image is a link to it", () => {
  assert.match(toHtml("![a chart](https://e.example/c.png)"), /<a href="https:\/\/e\.example\/c\.png">🖼 a chart<\/a>/);
});

test("a fence has its language's name and colours, whatever its case", () => {
  const html = toHtml("```PYTHON title=x\ndef f(): return 1\n```");
  assert.match(html, /data-language="Python"/);
  assert.match(html, /<span class="hljs-keyword">def<\/span>/);
});

test("a fence of an unknown language, and a very long one, are plain", () => {
  assert.match(toHtml("```nolang\n<x>\n```"), /data-language="nolang".*&lt;x&gt;/s);
  assert.doesNotMatch(toHtml("```js\n" + "let a = 1;\n".repeat(10_000) + "```"), /hljs-keyword/);
});

test("a fence that is still open is code already", () => {
  assert.match(toHtml("```c\nint a"), /<pre tabindex="0"><code class="hljs">/);
});

test("columns are aligned by class", () => {
  assert.match(toHtml("| a | b |\n|--:|:-:|\n| 1 | 2 |"), /<th class="align-right">a<\/th>[^]*<td class="align-center">2<\/td>/);
});

test("a bare address is a link; a file's name is none", () => {
  assert.match(toHtml("see https://e.example/x."), /<a href="https:\/\/e\.example\/x">/);
  assert.doesNotMatch(toHtml("run model.py and main.rs"), /<a /);
});

test("deep nesting and a long line are done in time", { timeout: 5_000 }, () => {
  toHtml(">".repeat(5_000) + "x");
  toHtml("[".repeat(20_000));
  toHtml("*a ".repeat(20_000));
});
