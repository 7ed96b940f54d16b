// AWS's own JavaScript clients, told by each line of JSON on stdin what to do, and answering with one on stdout; ends with
// stdin. Nothing here goes anywhere but to the endpoint that it is told.

import { createHmac } from "node:crypto";
import readline from "node:readline";
import identity from "amazon-cognito-identity-js";
import { CognitoJwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";

const { AuthenticationDetails, CognitoRefreshToken, CognitoUser, CognitoUserAttribute, CognitoUserPool } = identity;

/** RFC 6238, for a secret in base32; `later` steps from now. */
function totp(secret, later = 0) {
  let bits = "";
  for (const letter of secret) bits += "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30000) + later));
  const digest = createHmac("sha1", key).update(counter).digest();
  return String((digest.readUInt32BE(digest.at(-1) & 15) & 0x7fffffff) % 1000000).padStart(6, "0");
}

function poolOf(job) {
  return new CognitoUserPool({ UserPoolId: job.pool, ClientId: job.client, endpoint: job.endpoint });
}

function poolUser(job) {
  return new CognitoUser({ Username: job.username, Pool: poolOf(job) });
}

function tokensOf(session, met = []) {
  return {
    met,
    idToken: session.getIdToken().getJwtToken(),
    accessToken: session.getAccessToken().getJwtToken(),
    refreshToken: session.getRefreshToken().getToken(),
  };
}

/** Signs in by SRP, and answers what the pool asks; `met` lists the questions. */
function signIn(job) {
  const user = poolUser(job);
  const met = [];
  let secret = job.totpSecret;
  return new Promise((resolve) => {
    const callbacks = {
      onSuccess: (session) => resolve({ ...tokensOf(session, met), secret }),
      onFailure: (error) => resolve({ met, error: error.code ?? error.name, message: error.message }),
      newPasswordRequired: () => {
        met.push("newPasswordRequired");
        user.completeNewPasswordChallenge(job.newPassword, {}, callbacks);
      },
      totpRequired: () => {
        met.push("totpRequired");
        user.sendMFACode(job.code ?? totp(secret, 1), callbacks, "SOFTWARE_TOKEN_MFA");
      },
      mfaSetup: () => {
        met.push("mfaSetup");
        user.associateSoftwareToken(callbacks);
      },
      associateSecretCode: (given) => {
        secret = given;
        user.verifySoftwareToken(totp(secret), "node", callbacks);
      },
    };
    user.authenticateUser(new AuthenticationDetails({ Username: job.username, Password: job.password }), callbacks);
  });
}

function refresh(job) {
  return new Promise((resolve) => {
    poolUser(job).refreshSession(new CognitoRefreshToken({ RefreshToken: job.refreshToken }), (error, session) =>
      resolve(error ? { error: error.code, message: error.message } : tokensOf(session)));
  });
}

/** The outcome of a call that takes (error, result) as its last argument. */
function outcome(call) {
  return new Promise((resolve) =>
    call((error, result) => resolve(error ? { error: error.code ?? error.name, message: error.message } : { result })));
}

function attributesOf(job) {
  return Object.entries(job.attributes).map(([Name, Value]) => new CognitoUserAttribute({ Name, Value }));
}

async function signUp(job) {
  const made = await outcome((done) => poolOf(job).signUp(job.username, job.password, attributesOf(job), null, done));
  if (made.error) return made;
  const { userConfirmed, userSub, codeDeliveryDetails } = made.result;
  return { userConfirmed, userSub, codeDeliveryDetails };
}

const confirmSignUp = (job) => outcome((done) => poolUser(job).confirmRegistration(job.code, false, done));
const resendCode = (job) => outcome((done) => poolUser(job).resendConfirmationCode(done));

/** Those that take an object of callbacks. */
function asked(call) {
  return new Promise((resolve) =>
    call({
      onSuccess: (result) => resolve({ result }),
      onFailure: (error) => resolve({ error: error.code ?? error.name, message: error.message }),
      inputVerificationCode: (result) => resolve({ result }),
    }));
}

const forgotPassword = (job) => asked((callbacks) => poolUser(job).forgotPassword(callbacks));
const confirmPassword = (job) =>
  asked((callbacks) => poolUser(job).confirmPassword(job.code, job.password, callbacks));

/** What a user does with an account of their own, from sign-in to its end. */
async function account(job) {
  const user = poolUser(job);
  const details = new AuthenticationDetails({ Username: job.username, Password: job.password });
  const signedIn = await new Promise((resolve) =>
    user.authenticateUser(details, { onSuccess: () => resolve({}), onFailure: (error) => resolve({ error: error.code }) }));
  if (signedIn.error) return signedIn;
  const changed = await outcome((done) => user.changePassword(job.password, job.newPassword, done));
  const updated = await outcome((done) => user.updateAttributes(attributesOf(job), done));
  const asking = await asked((callbacks) => user.getAttributeVerificationCode("email", callbacks));
  const wrong = await asked((callbacks) => user.verifyAttribute("email", "none", callbacks));
  const erased = await outcome((done) => user.deleteAttributes(["nickname"], done));
  const shown = await outcome((done) => user.getUserAttributes(done));
  const gone = await outcome((done) => user.deleteUser(done));
  const left = Object.fromEntries((shown.result ?? []).map((attribute) => [attribute.Name, attribute.Value]));
  return { changed, updated, asking, wrong, erased, left, gone };
}

/** Whether the verifier that AWS gives to services accepts the token, with the keys that the local pool shows. */
async function verify(job) {
  const fetched = [];
  const fetcher = {
    fetch: async (uri) => {
      const local = job.endpoint + new URL(uri).pathname;
      fetched.push(local);
      return (await fetch(local)).arrayBuffer();
    },
  };
  const verifier = CognitoJwtVerifier.create(
    { userPoolId: job.pool, clientId: job.client, tokenUse: job.use },
    { jwksCache: new SimpleJwksCache({ fetcher }) },
  );
  try {
    return { claims: await verifier.verify(job.token), fetched };
  } catch (error) {
    return { error: error.constructor.name, message: error.message, fetched };
  }
}

const jobs = {
  account, confirmPassword, confirmSignUp, forgotPassword, refresh, resendCode, signIn, signUp, verify,
};
for await (const line of readline.createInterface({ input: process.stdin })) {
  const job = JSON.parse(line);
  const late = setTimeout(() => {
    throw new Error(`nothing came of ${job.run}`);
  }, 60_000);
  console.log(JSON.stringify(await jobs[job.run](job)));
  clearTimeout(late);
}
