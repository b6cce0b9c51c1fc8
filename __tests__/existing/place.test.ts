import { placeOf } from "../../constructs/existing/place";

test.each([
  ["postgres.stores", { in: "namespace", namespace: "stores", ports: [5432] }],
  ["postgres.stores.svc", { in: "namespace", namespace: "stores", ports: [5432] }],
  ["postgres.stores.svc.cluster.local", { in: "namespace", namespace: "stores", ports: [5432] }],
  ["10.0.0.8", { in: "network", ports: [5432], blocks: ["10.0.0.8/32"] }],
  ["postgres.team.example", { in: "network", ports: [5432] }],
  ["postgres", { in: "network", ports: [5432] }],
])("%s is where the cluster's DNS finds it", (host, place) => {
  expect(placeOf(host, [5432])).toEqual(place);
});
