// Copying a sentence, and checking a draft. The page works without it, only less conveniently.
"use strict";

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Frames without the clipboard permission, and pages served without HTTPS.
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }
}

for (const button of document.querySelectorAll("button.copy")) {
  const label = button.textContent;
  button.addEventListener("click", async () => {
    // Isolates keep names in order on our page; in a reply they would only be invisible noise.
    await copyText(button.dataset.copy.replace(/[\u2068\u2069]/g, ""));
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = label; }, 1500);
  });
}

function shownFinding(section, text, finding) {
  const item = document.createElement("li");
  const quote = document.createElement("q");
  // Offsets count characters, not UTF-16 units.
  quote.textContent = Array.from(text).slice(finding.start, finding.end).join("");
  const better = document.createElement("p");
  better.dir = "auto";
  better.textContent = `${section.dataset.better} ${finding.better}`;
  const gloss = document.createElement("p");
  gloss.className = "gloss";
  gloss.textContent = finding.gloss === finding.better ? "" : finding.gloss;
  item.append(quote, better, gloss);
  return item;
}

for (const section of document.querySelectorAll("section.draft")) {
  section.querySelector("button.check").addEventListener("click", async () => {
    const text = section.querySelector("textarea").value;
    const list = section.querySelector(".findings");
    const body = { text, language: section.dataset.language, agent_locale: section.dataset.locale };
    const answer = await fetch("/api/v1/check-draft", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body),
    });
    const found = await answer.json();
    list.replaceChildren(...(found.findings ?? []).map((finding) => shownFinding(section, text, finding)));
    if (!found.findings?.length) {
      const item = document.createElement("li");
      item.textContent = found.detail ?? section.dataset.none;
      list.append(item);
    }
  });
}
