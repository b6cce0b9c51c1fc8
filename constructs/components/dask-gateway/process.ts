import type { LabContext, LabForm } from "../../contracts/lab";
import type { Offers } from "../../contracts/offers";

export function daskGatewayProcesses(_context: LabContext<"tracking">, _options?: object): LabForm<Offers["compute"]> {
  return { unavailable: "not written yet" };
}
