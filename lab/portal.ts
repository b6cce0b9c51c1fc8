import * as fs from "node:fs";
import * as path from "node:path";
import type { Role } from "../constructs/contracts/offers";
import type { LabBlueprint } from "./blueprint";

const purposes: Readonly<Record<Role, string>> = {
  notebooks: "Notebooks on your own server",
  tracking: "Runs, artifacts and the model registry",
  workflow: "Flows, their schedules and runs",
  serving: "Models behind the Open Inference Protocol",
  compute: "Dask clusters on demand",
};

/**
 * The page that shows every tool with its state and link. It is made from the offers once; the states it asks of
 * `status.json`.
 */
export function portalPage(project: string, blueprint: LabBlueprint): string {
  const tools = blueprint.offers.map(({ component, role, offer }) => {
    const name = escapeHtml(component);
    const title = offer.page ? `<a href="${escapeHtml(offer.page)}">${name}</a>` : name;
    const processes = blueprint.processes
      .filter((process) => process.component === component)
      .map((process) => `<li data-process="${escapeHtml(process.name)}">${escapeHtml(process.name)}</li>`);
    return `<article><h2>${title}</h2><p>${purposes[role]}</p><code>${escapeHtml(offer.address)}</code><ul>${processes.join("")}</ul></article>`;
  });
  const template = fs.readFileSync(path.join(project, "lab", "portal.html"), "utf8");
  const user = blueprint.signInAs?.user ?? "";
  return template.replace("<!-- tools -->", () => tools.join("\n")).replace("<!-- user -->", () => escapeHtml(user));
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
