import { fitStack, type ProviderSchema } from "../../rehearsal/fit";
import type { JsonObject, StackJson } from "../../rehearsal/stack-json";

/** A provider that knows a network, a machine with a disk, and nothing else. */
const schema: ProviderSchema = {
  data_source_schemas: { aws_region: { block: { attributes: { name: {} } } } },
  resource_schemas: {
    aws_vpc: { block: { attributes: { id: {}, cidr_block: { required: true } } } },
    aws_instance: {
      block: {
        attributes: { id: {}, subnet: { required: true }, role: { optional: true } },
        block_types: { disk: { block: { attributes: { size: { optional: true } } } } },
      },
    },
  },
};

function stack(resource: Record<string, Record<string, JsonObject>>, output = {}): StackJson {
  return { terraform: { required_providers: { aws: { source: "aws", version: "6.0.0" } } }, resource, output };
}
const at = (path: string) => ({ "//": { metadata: { path: `stack/${path}` } } });

test("a provider that knows everything gets the stack as it is", () => {
  const whole = stack({ aws_new: { a: { ...at("a"), x: 1 } } });
  expect(fitStack(whole, undefined)).toEqual({ stack: whole, resources: [], arguments: [] });
});

test("an argument that is unknown goes, in blocks too, and is named by its construct", () => {
  const instance = { ...at("machine"), subnet: "a", shiny: true, disk: [{ size: 1, faster: 2 }] };
  const fitted = fitStack(stack({ aws_instance: { m: instance } }), schema);
  expect(fitted.stack.resource?.["aws_instance"]?.["m"]).toEqual({
    ...at("machine"),
    subnet: "a",
    disk: [{ size: 1 }],
  });
  expect(fitted.arguments.map(({ what }) => what)).toEqual(["machine: shiny", "machine: disk.faster"]);
});

test("what is unknown cannot be ignored either, and what is known still is", () => {
  const lifecycle = { ignore_changes: ["shiny[0].part", "disk[0].size"] };
  const fitted = fitStack(stack({ aws_instance: { m: { subnet: "a", lifecycle } } }), schema);
  expect(fitted.stack.resource?.["aws_instance"]?.["m"]?.["lifecycle"]).toEqual({ ignore_changes: ["disk[0].size"] });
});

test("a type that is unknown goes with what cannot be without it; what can is kept without it", () => {
  const fitted = fitStack(
    stack(
      {
        aws_new: { n: { ...at("new") } },
        aws_instance: {
          // Reads it where it must say something, and where it need not.
          must: { ...at("must"), subnet: "$" + "{aws_new.n.id}" },
          may: { ...at("may"), subnet: "a", role: "x-$" + "{aws_new.n.arn}", depends_on: ["aws_new.n"] },
          chained: { ...at("chained"), subnet: "$" + "{aws_instance.must.id}" },
        },
      },
      { machine: { value: "$" + "{aws_instance.must.id}" }, other: { value: "$" + "{aws_instance.may.id}" } },
    ),
    schema,
  );
  expect(fitted.stack.resource).toEqual({ aws_instance: { may: { ...at("may"), subnet: "a", depends_on: [] } } });
  expect(fitted.resources.map(({ what }) => what)).toEqual([
    "new (aws_new)",
    "must (aws_instance)",
    "chained (aws_instance)",
  ]);
  expect(fitted.arguments).toEqual([{ what: "may: role", reason: "it refers to aws_new.n.arn, which is left out" }]);
  expect(Object.keys(fitted.stack.output ?? {})).toEqual(["other"]);
});

test("an attribute that an older provider does not tell is not read", () => {
  const fitted = fitStack(
    stack({
      aws_vpc: { v: { cidr_block: "10.0.0.0/16" } },
      aws_instance: { m: { subnet: "a", role: "$" + "{aws_vpc.v.region}" } },
    }),
    schema,
  );
  expect(fitted.stack.resource?.["aws_instance"]?.["m"]).toEqual({ subnet: "a" });
});

test("the stack that was given stays as it was", () => {
  const whole = stack({ aws_instance: { m: { subnet: "a", shiny: true } } });
  fitStack(whole, schema);
  expect(whole.resource?.["aws_instance"]?.["m"]).toEqual({ subnet: "a", shiny: true });
});
