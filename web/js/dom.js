// Nodes of the page, made from text.

/// `element("button", { class: "send", disabled: true, onclick: send }, "Send")`. Properties that begin with `on` are
/// listeners; true is an attribute without a value; false, null and undefined are none.
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

export const byId = (id) => document.getElementById(id);

/// Says it to who listens to the page instead of looking at it.
export function announce(words) {
  byId("announcer").textContent = words;
}

/// What a button that copies does: it says so for a moment.
export function copyButton(text, label = "Copy") {
  const button = element("button", { type: "button", class: "quiet", onclick: copy }, label);
  async function copy() {
    try {
      await navigator.clipboard.writeText(text());
      button.textContent = "Copied";
      announce("Copied");
    } catch {
      button.textContent = "Cannot copy";
    }
    setTimeout(() => (button.textContent = label), 2_000);
  }
  return button;
}
