// The frames of the WebSocket: what the page says, and what it understands of what the service says. A frame that is
// unknown or unreadable is news from a newer service: `parse` gives null, and nothing comes of it.

const text = (value, otherwise = "") => (typeof value === "string" ? value : otherwise);
const count = (value, otherwise = 0) => (Number.isSafeInteger(value) && value >= 0 ? value : otherwise);
const object = (value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? value : {});
const list = (value) => (Array.isArray(value) ? value : []);

function chunk(data) {
  return {
    kind: "chunk",
    messageId: text(data.messageId),
    seq: count(data.seq),
    text: text(data.text),
    // There, also when it is empty, in every chunk of a service that keeps reasoning apart.
    reasoning: typeof data.reasoning === "string" ? data.reasoning : null,
    textWasReasoning: data.textWasReasoning === true,
    isComplete: data.isComplete === true,
    tokens: count(data.tokens),
    timestamp: count(data.timestamp),
  };
}

function completion(data) {
  const usage = object(data.usage);
  return {
    kind: "completion",
    messageId: text(data.messageId),
    chatId: text(data.chatId),
    text: text(data.message),
    reasoning: typeof data.reasoning === "string" ? data.reasoning : null,
    truncated: data.truncated === true,
    finishReason: text(data.finishReason),
    tokens: count(usage.completionTokens, null),
    stored: data.stored !== false,
  };
}

function storedMessage(value) {
  const message = object(value);
  return {
    role: text(message.role),
    content: text(message.content),
    messageId: text(message.messageId),
    timestamp: count(message.timestamp),
    truncated: message.truncated === true,
    partial: message.partial === true,
    sender: text(message.sender),
    senderName: text(message.senderName),
  };
}

function presence(data) {
  const members = list(data.members)
    .map(object)
    .filter((member) => text(member.userId))
    .map((member) => ({ userId: member.userId, name: text(member.name) || member.userId }));
  return { kind: "presence", event: text(data.event), room: text(data.room), members, timestamp: count(data.timestamp) };
}

const actions = {
  message_received: (data) => ({
    kind: "accepted",
    messageId: text(data.messageId),
    chatId: text(data.chatId),
    resumed: data.resumed === true,
    restarted: data.restarted === true,
    waiting: data.waiting === true ? text(data.message) : "",
    adjusted: list(data.adjusted).filter((one) => typeof one === "string"),
  }),
  llm_response_chunk: chunk,
  history: (data) => ({
    kind: "history",
    chatId: text(data.chatId),
    messages: list(data.messages).map(storedMessage),
    before: text(data.before),
  }),
  message: (data) => ({
    kind: "said",
    content: text(data.content),
    sender: text(data.sender),
    senderName: text(data.senderName) || text(data.sender),
    recipient: text(data.recipient),
    room: text(data.room),
    messageId: text(data.messageId),
    timestamp: count(data.timestamp),
  }),
  presence,
};

function failure(title, data) {
  return {
    kind: "failure",
    title,
    text: text(data.message, title),
    category: text(data.errorCategory, "internal"),
    messageId: text(data.messageId),
    retryAfterMs: count(data.retryAfterMs, null),
    action: text(data.receivedAction), // of the frame that it answers, where no message is named; empty: nobody knows
  };
}

function titled(title, frame) {
  if (title === "LLM response complete") return completion(object(frame.data));
  if (title.startsWith("Unknown action"))
    return { kind: "unknownAction", action: text(frame.receivedAction), text: text(object(frame.data).message, title) };
  if (typeof frame.requestId === "string")
    return failure(title, { message: `The gateway answered "${title}" (request ${frame.requestId}).` });
  const data = object(frame.data);
  if (data.error === true) return failure(title, data);
  return { kind: "notice", title, text: text(data.message), chatId: text(data.chatId), timestamp: count(data.timestamp) };
}

export function parse(raw) {
  let frame;
  try {
    frame = object(JSON.parse(raw));
  } catch {
    return null;
  }
  if (typeof frame.action === "string")
    return Object.hasOwn(actions, frame.action) ? actions[frame.action](object(frame.data)) : null;
  if (frame.type === "pong") return { kind: "pong" };
  return typeof frame.message === "string" ? titled(frame.message, frame) : null;
}

const action = (name, data) => JSON.stringify(data ? { action: name, data } : { action: name });

export const ask = ({ id, text: message, chatId }) =>
  action("message", { message, messageId: id, separateReasoning: true, ...(chatId && { chatId }) });
export const say = ({ id, content, recipient, room }) =>
  action("message", { content, recipient, messageId: id, ...(room && { room }) });
export const history = ({ limit, before, room }) =>
  action("history", { limit, ...(before && { before }), ...(room && { room }) });
export const cancel = ({ messageId, room }) => action("cancel", { messageId, ...(room && { room }) });
export const join = (room) => action("join", { room });
export const leave = (room) => action("leave", { room });
export const who = (room) => action("who", { room });
export const ping = () => action("ping");

/// API Gateway's limit on one frame, in bytes of UTF-8; it ends the connection of who sends a longer one. A message may have
/// 128 KiB in several frames, but a page cannot divide what it sends.
const MAX_FRAME_BYTES = 32 * 1024;
export const fits = (frame) => new TextEncoder().encode(frame).length <= MAX_FRAME_BYTES;
export const TOO_LONG = "The message is longer than 32 KiB, the most that API Gateway takes from a browser at once.";
/// The service's own, in characters.
export const MAX_TEXT_CHARACTERS = 100_000;
