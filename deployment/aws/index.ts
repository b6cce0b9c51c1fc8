/** What the commands use of AWS. It loads the clients, so it is loaded when it is needed, and not before. */
export { tellingFaults } from "./errors";
export { Leaving } from "./leave";
export { findAwsLeftovers } from "./leftovers";
export { awsPlace } from "./place";
export { standingOf } from "./standing";
export { removable, sweep } from "./sweep";
