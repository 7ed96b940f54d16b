// Figures and moments in words.

export function duration(ms) {
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  if (Math.round(ms / 100) < 600) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/// `TTFT 171 ms · 44 tokens · 49.2 tokens/s · 1.1 s`
export function stats({ ttftMs, durationMs, tokens, tokensPerSecond }) {
  return [
    `TTFT ${duration(ttftMs)}`,
    tokens !== null && `${tokens} tokens`,
    tokensPerSecond !== null && `${tokensPerSecond.toFixed(1)} tokens/s`,
    duration(durationMs),
  ]
    .filter(Boolean)
    .join(" · ");
}

const endings = {
  length: "It was cut off: the answer reached its greatest length.",
  content_filter: "A content filter ended it.",
  refusal: "The model refused.",
  tool_calls: "The model wanted to call a tool, and there is none.",
  guardrail_intervened: "A guardrail ended it.",
};

/// Why an answer ended otherwise than by itself; empty: it did not.
export const ending = (finishReason) => (Object.hasOwn(endings, finishReason) ? endings[finishReason] : "");

/// What is missing of a message that the service keeps; empty: nothing.
export function missing({ partial, truncated }) {
  const parts = [
    partial && "This is what there was of an answer that did not come to its end.",
    truncated && "The rest is too long to be shown.",
  ];
  return parts.filter(Boolean).join(" ");
}

const titles = {
  cancelled: "Stopped",
  busy: "The chat is busy",
  rate_limited: "Too many requests",
  llm_unavailable: "The model cannot be reached",
  llm_overloaded: "The model is overloaded",
  llm_timeout: "The model took too long",
  connection_lost: "The connection was lost",
  no_answer: "No answer",
  chat_expired: "This chat is not kept any more",
  invalid_input: "That cannot be sent",
  invalid_message: "That cannot be sent",
};

export const failureTitle = (category) => (Object.hasOwn(titles, category) ? titles[category] : "Something went wrong");

/// The time of the day, after the date when that is not today's. 0: nobody knows.
export function clock(timestamp, now = Date.now()) {
  if (!timestamp) return "";
  const then = new Date(timestamp);
  const time = then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  if (then.toDateString() === new Date(now).toDateString()) return time;
  return `${then.toLocaleDateString([], { dateStyle: "medium" })} ${time}`;
}
