import { z } from "zod";
import type { JsonObject } from "../contracts/json";

/** Helm values that the typed ones do not cover, merged over them. Not read in the lab. Default: none. */
export const extraValues = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  {
    error: "give an object of Helm values",
  },
);
