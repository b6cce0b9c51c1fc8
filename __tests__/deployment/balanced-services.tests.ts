import { deleteBalancedServices } from "../../deployment/balanced-services";
import { fakeKubectl, object } from "./fake-kubectl";

test("load balancers go with their Services, whoever made them, and the wait for them has an end", async () => {
  const service = (name: string, namespace: string, type: string) => object(name, { spec: { type } }, { namespace });
  const { kubectl, asked } = fakeKubectl({
    "get services": [
      service("edge", "open-mlops", "LoadBalancer"),
      service("hub", "jupyterhub", "ClusterIP"),
      service("shop", "shop", "LoadBalancer"),
    ],
  });
  expect(await deleteBalancedServices(kubectl, () => {})).toBe(2);
  const deleted = asked.filter((command) => command.startsWith("delete"));
  expect(deleted.map((command) => command.split(" ").slice(1, 5).join(" "))).toEqual([
    "service edge --namespace open-mlops",
    "service shop --namespace shop",
  ]);
  for (const command of deleted) expect(command).toMatch(/--wait --timeout=/);
});
