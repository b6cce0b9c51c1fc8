import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";

export function seldonProcesses(_context: LabContext<"tracking">, _options?: object): LabForm<Offers["serving"]> {
  return { unavailable: "not written yet" };
}
