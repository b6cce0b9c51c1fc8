import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";

export function prefectProcesses(
  _context: LabContext<"tracking" | "serving" | "compute">,
  _options?: object,
): LabForm<Offers["workflow"]> {
  return { unavailable: "not written yet" };
}
