import { Environment } from "@marcbachmann/cel-js";
import type { JsonObject } from "../../constructs/contracts/json";
import type { ValidatingAdmissionPolicy } from "../../constructs/foundation/admission/policy";

const environment = new Environment({ enableOptionalTypes: true, unlistedVariablesAreDyn: true });

/**
 * What a policy says against an object, by its own expressions; empty where it lets it through. Which objects it judges,
 * and what else the API server adds to the language, the cluster suite tries.
 */
export function refusals({ spec }: ValidatingAdmissionPolicy, namespace: string, object: JsonObject): string[] {
  const known = { object, request: { namespace } };
  return spec.validations.flatMap(({ expression, message, messageExpression }) =>
    environment.evaluate(expression, known) === true
      ? []
      : [message ?? String(environment.evaluate(messageExpression, known))],
  );
}
