import { contract } from "../contract";
import { type Rule, valuesText } from "../rule";

export const standard: readonly Rule[] = [
  {
    id: "contract",
    commandment: "standard",
    says: "it offers exactly the variables of its role, so that another tool can take its place",
    check: ({ component: { role }, platform }) => {
      const given = Object.keys(platform.offers[role].clientEnv);
      return [
        ...contract[role].filter((name) => !given.includes(name)).map((name) => `it does not give ${name}`),
        ...given
          .filter((name) => !contract[role].includes(name))
          .map((name) => `it gives ${name}, which its role does not`),
      ];
    },
  },
  {
    id: "knows-what-it-consumes",
    commandment: "standard",
    says: "its values name no other tool's address but those it consumes and where tokens are verified",
    check: (subject) => {
      const { component, platform } = subject;
      const text = valuesText(subject);
      return platform.components
        .filter((other) => other.name !== component.name && !component.consumes.includes(other.role))
        .filter((other) => !(component.needs.signIn && other.signIn))
        .filter((other) => new RegExp(`://[\\w.-]*\\.${other.name}(?![\\w-])`).test(text))
        .map((other) => `it names an address of ${other.name}`);
    },
  },
  {
    id: "same-contract-here",
    commandment: "standard",
    says: "it offers the same variables on this machine as in a cluster, so that code moves unchanged",
    check: ({ component: { role }, lab, platform }) => {
      if ("unavailable" in lab) return undefined;
      const there = Object.keys(platform.offers[role].clientEnv);
      const here = Object.keys(lab.offer.clientEnv);
      return [
        ...there.filter((name) => !here.includes(name)).map((name) => `${name} is missing on this machine`),
        ...here.filter((name) => !there.includes(name)).map((name) => `${name} is on this machine alone`),
      ];
    },
  },
];
