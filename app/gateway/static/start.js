// Starting a scan, which only goes to the queue. The gateway may want its token for that: it is asked
// for once, and kept in this tab.

import { send } from "./api.js";
import { find, text } from "./dom.js";
import { say } from "./language.js";
import { changed, state } from "./state.js";

/** Have something scanned; return the scan's id. */
export async function start(scan) {
  const { id } = await send("/api/scans", scan, askToken);
  state.pending = { id, since: Date.now() };
  state.wanted.add("scans");
  changed("scans");
  return id;
}

/** Ask for the token once; return it, or null when nobody gave one. */
function askToken(wrong) {
  const box = find("token-dialog");
  text(find("token-wrong"), wrong ? say("token.wrong") : "");
  find("token").value = "";
  box.returnValue = "";
  box.showModal();
  find("token").focus();
  return new Promise((resolve) => {
    const done = () => resolve(box.returnValue === "given" ? find("token").value : null);
    box.querySelector("[type=submit]").value = "given";
    box.addEventListener("close", done, { once: true });
  });
}
