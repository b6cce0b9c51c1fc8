import fc from "fast-check";
import { boundedName, partition, prefix } from "../../constructs/aws/names";

test("a name that fits is left as it is", () => {
  expect(boundedName([prefix("dev"), "mlflow", "artifacts"], 50)).toBe("open-mlops-dev-mlflow-artifacts");
});

test("names fit, are the same each time, and differ when what they name differs", () => {
  const part = fc.stringMatching(/^[a-z][a-z0-9]{0,30}$/);
  const parts = fc.array(part, { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(parts, parts, fc.integer({ min: 20, max: 64 }), (a, b, limit) => {
      const [nameA, nameB] = [boundedName(a, limit), boundedName(b, limit)];
      expect(nameA).toBe(boundedName(a, limit));
      expect(nameA).toMatch(/^[a-z][a-z0-9-]*[a-z0-9]$|^[a-z]$/);
      expect(nameA.length).toBeLessThanOrEqual(limit);
      if (a.join("-") !== b.join("-")) expect(nameA).not.toBe(nameB);
    }),
  );
});

test.each([
  ["eu-west-1", "aws"],
  ["us-gov-west-1", "aws-us-gov"],
])("%s is in the partition %s", (region, name) => expect(partition(region)).toBe(name));
