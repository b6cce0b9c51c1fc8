import { contract } from "../contract";
import { labProcesses, type Rule, runsPeoplesCode, valuesText } from "../rule";

export const anyLanguage: readonly Rule[] = [
  {
    id: "found-by-variables",
    commandment: "any language",
    says: "people's code in its pods finds every offer it consumes by a variable of the environment, in whatever language",
    check: (subject) => {
      if (!runsPeoplesCode(subject)) return undefined;
      const text = valuesText(subject);
      const wanted = subject.component.consumes.flatMap((role) => contract[role]);
      return wanted.filter((name) => !text.includes(name)).map((name) => `its pods do not get ${name}`);
    },
  },
  {
    id: "found-here",
    commandment: "any language",
    says: "people's code on this machine finds every offer it consumes, of tools that run there, by the same variables",
    check: (subject) => {
      if (!runsPeoplesCode(subject) || "unavailable" in subject.lab) return undefined;
      const text = JSON.stringify(labProcesses(subject).map(({ env }) => env));
      const { components, lab } = subject.platform;
      const absent = components
        .filter(({ name }) => "unavailable" in (lab.forms.get(name) ?? {}))
        .map(({ role }) => role);
      return subject.component.consumes
        .filter((role) => !absent.includes(role))
        .flatMap((role) => contract[role])
        .filter((name) => !text.includes(name))
        .map((name) => `its processes do not get ${name}`);
    },
  },
  {
    id: "plain-settings",
    commandment: "any language",
    says: "each variable it offers is one address or one word, read without a library of the tool",
    check: ({ component: { role }, lab, platform }) => {
      const offers = [platform.offers[role], ...("unavailable" in lab ? [] : [lab.offer])];
      const variables = offers.flatMap(({ clientEnv }) => Object.entries<string>(clientEnv));
      if (variables.length === 0) return undefined;
      return variables
        .filter(([, value]) => !/^([a-z]+:\/\/\S+|[\w.-]+)$/.test(value))
        .map(([name, value]) => `${name} is ${value}`);
    },
  },
];
