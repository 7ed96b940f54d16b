// HTML of `markdown.js` → nodes of the page. The second lock on the same door: whatever the text was, nothing but these
// elements and attributes gets through. All other modules make their nodes by `dom.js`, from text.

const ELEMENTS = new Set(
  "a blockquote br code del div em h1 h2 h3 h4 h5 h6 hr li ol p pre s span strong table tbody td th thead tr ul".toUpperCase().split(" "));
const CLASSES = /^(code|table|hljs(-[\w-]+)?|language-[\w-]+|align-(left|center|right)|[a-z]+_{1,2})$/;

const attributes = {
  href: (value) => (/^(https?:\/\/|mailto:)/i.test(value) ? value : null),
  class: (value) => value.split(/\s+/).filter((one) => CLASSES.test(one)).join(" ") || null,
  "data-language": (value) => value,
  start: (value) => (/^\d{1,9}$/.test(value) ? value : null),
  tabindex: (value) => (value === "0" ? value : null),
};

const policy = globalThis.trustedTypes?.createPolicy("wsdeep", { createHTML: (html) => html });

export function fragmentOf(html) {
  const template = document.createElement("template");
  template.innerHTML = policy ? policy.createHTML(html) : html;
  for (const element of [...template.content.querySelectorAll("*")]) clean(element);
  return template.content;
}

function clean(element) {
  if (!ELEMENTS.has(element.tagName)) return element.replaceWith(element.textContent);
  for (const { name, value } of [...element.attributes]) {
    const kept = Object.hasOwn(attributes, name) ? attributes[name](value) : null;
    if (kept === null) element.removeAttribute(name);
    else if (kept !== value) element.setAttribute(name, kept);
  }
  if (element.tagName === "A") {
    element.rel = "noopener noreferrer nofollow";
    element.target = "_blank";
  }
}
