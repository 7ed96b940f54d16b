// Who is signed in, by the service's `/auth`: the tokens are in cookies that no script can read.

const json = { headers: { Accept: "application/json" }, cache: "no-store", credentials: "same-origin" };

/// `{ state: "in", user, name }`, `{ state: "out" }`, or `{ state: "unknown" }` where nothing answers for `/auth`: then a
/// cookie that somebody else's page has set is good, or the service says that it is not. Throws when it cannot be asked.
export async function whoAmI(fetch) {
  const answer = await fetch("/auth/session", json);
  if (answer.status === 403 || answer.status === 404) return { state: "unknown" };
  if (!answer.ok) throw new Error(`the sign-in service answered ${answer.status}`);
  const session = await answer.json();
  if (session.signedIn || !session.canRefresh) return read(session);
  const renewed = await fetch("/auth/refresh", { ...json, method: "POST" });
  if (renewed.ok) return read(await renewed.json());
  // Only these say that nobody is signed in any more: a throttled call, for one, does not.
  if (renewed.status !== 401 && renewed.status !== 409) throw new Error(`the sign-in service answered ${renewed.status}`);
  return { state: "out" };
}

function read(session) {
  if (!session.signedIn || typeof session.userId !== "string") return { state: "out" };
  return { state: "in", user: session.userId, name: session.username || session.email || session.userId };
}

/// Where the browser is to go then: to the pool's page, which ends its own session, or to the front of this one.
export async function signOut(fetch) {
  const answer = await fetch("/auth/logout", { ...json, method: "POST" });
  if (!answer.ok) throw new Error(`the sign-in service answered ${answer.status}`);
  const { logoutUrl } = await answer.json();
  return typeof logoutUrl === "string" && /^https?:\/\//.test(logoutUrl) ? logoutUrl : "/";
}
