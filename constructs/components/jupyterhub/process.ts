import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";

export function jupyterhubProcesses(
  _context: LabContext<"tracking" | "workflow" | "serving" | "compute">,
  _options?: object,
): LabForm<Offers["notebooks"]> {
  return { unavailable: "not written yet" };
}
