// What the page is told of the service it belongs to.

/// What nobody answers must not hold the page up for ever.
const FETCH_MS = 20_000;

/// The page's own `fetch`, but not for ever.
export const fetchIt = (url, options) => fetch(url, { signal: AbortSignal.timeout(FETCH_MS), ...options });

/// `{ webSocketUrl, rooms }`. Throws when the service cannot be asked.
export async function readConfig(fetch) {
  const answer = await fetch("/config.json", { cache: "no-store" });
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  const { webSocketUrl, rooms } = await answer.json();
  if (typeof webSocketUrl !== "string" || webSocketUrl === "") throw new Error("the service does not say where its WebSocket is");
  return { webSocketUrl, rooms: rooms === true };
}
