// Markdown → HTML. Raw HTML is text, a link leads to the web or to a mailbox or nowhere, and an image is a link to it: a
// page that fetched what a model names would tell strangers that it was read. `safe_html.js` looks at the result again.

import MarkdownIt from "../vendor/markdown-it.min.js";
import hljs from "../vendor/highlight.min.js";

/// Beyond this, colours are not worth the wait.
const MOST_COLOURED_CHARACTERS = 60_000;
const SAFE_LINK = /^(https?:\/\/|mailto:)/i;

function highlight(code, language) {
  if (code.length > MOST_COLOURED_CHARACTERS || !hljs.getLanguage(language)) return "";
  return hljs.highlight(code, { language, ignoreIllegals: true }).value;
}

const markdown = new MarkdownIt({ html: false, linkify: true, breaks: false, highlight, maxNesting: 50 });
markdown.validateLink = (url) => SAFE_LINK.test(url.trim());
// `model.py` is a file, not a site in Paraguay.
markdown.linkify.set({ fuzzyLink: false, fuzzyEmail: false });

const { escapeHtml } = markdown.utils;

markdown.renderer.rules.image = (tokens, index) => {
  const token = tokens[index];
  const url = token.attrGet("src") ?? "";
  const words = escapeHtml(token.content || url);
  return SAFE_LINK.test(url) ? `<a href="${escapeHtml(url)}">🖼 ${words}</a>` : words;
};

// A table's columns are aligned by classes: the page allows no style in its HTML.
for (const rule of ["th_open", "td_open"])
  markdown.renderer.rules[rule] = (tokens, index) => {
    const aligned = /text-align:(left|center|right)/.exec(tokens[index].attrGet("style") ?? "");
    return aligned ? `<${tokens[index].tag} class="align-${aligned[1]}">` : `<${tokens[index].tag}>`;
  };

markdown.renderer.rules.fence = (tokens, index) => {
  const token = tokens[index];
  const language = /^[\w+#.-]{0,30}/.exec(token.info.trim())[0].toLowerCase();
  const code = highlight(token.content, language) || escapeHtml(token.content);
  const name = hljs.getLanguage(language)?.name ?? language;
  return `<div class="code" data-language="${escapeHtml(name)}"><pre tabindex="0"><code class="hljs">${code}</code></pre></div>\n`;
};
markdown.renderer.rules.code_block = markdown.renderer.rules.fence;
// Wide tables scroll by themselves, not with the page.
markdown.renderer.rules.table_open = () => '<div class="table"><table>\n';
markdown.renderer.rules.table_close = () => "</table></div>\n";

export const toHtml = (text) => markdown.render(text);
