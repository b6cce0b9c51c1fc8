/**
 * Every version that matters, with where it comes from and its SPDX licence. The lab and the clusters read the same
 * pins. After a change of a Python pin run `npm run lock`; a test says which lock or package.json is behind.
 */
export { charts } from "./charts";
export { images } from "./images";
export { machineImages } from "./machine-images";
export { npm } from "./npm";
export type { ChartPin, ImagePin, Pin } from "./pin";
export { python } from "./python";
