import { databaseClasses, instanceType, instanceTypes, pricesReadOn } from "../../constructs/contracts/prices";

test.each(Object.entries(instanceTypes))("%s says what it has and costs", (name, type) => {
  expect(type.price).toBeGreaterThan(0);
  expect(type.vcpus).toBeGreaterThan(1);
  // Families with a g before the dot are AWS's own Arm processors.
  expect(type.architecture).toBe(/^[a-z]+\d+g\./.test(name) ? "arm64" : "x86_64");
  expect(type.gpus > 0).toBe(name.startsWith("g"));
});

test.each(Object.entries(databaseClasses))("%s says what it has and costs", (name, { price, memoryGiB }) => {
  expect(name).toMatch(/^db\./);
  expect(price).toBeGreaterThan(0);
  expect(memoryGiB).toBeGreaterThan(0);
});

test("a type that is not in the list is refused with the ones that are", () => {
  expect(() => instanceType("m99.huge")).toThrow(/"m99.huge" is not in the price list; use one of t3.medium/);
  expect(() => instanceType("toString")).toThrow("price list");
});

test("the list has a date", () => expect(pricesReadOn).toMatch(/^\d{4}-\d\d-\d\d$/));
