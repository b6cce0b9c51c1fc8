import { foundationOf, type PartSubject, type Subject, subjectsOf } from "../../conformance/subject";
import { catalogue } from "../../constructs/components/catalogue";
import type { AnyComponent } from "../../constructs/contracts/component";
import type { JsonValue } from "../../constructs/contracts/json";
import type { LabProcess } from "../../constructs/contracts/lab";
import { inputs } from "../support/environments";

/** Every component of the environments with a cluster, and ways of breaking one. */
export const subjects = subjectsOf([inputs.dev(), inputs.existing(), inputs.prod()], catalogue);

/** A rule, a component or a tool of the foundation that breaks it, and what the rule then says among others. */
export type Case = readonly [rule: string, subject: PartSubject, says: string];

/** A component of `existing` with one thing changed. */
export const broken = (name: string, change: (subject: Subject) => Partial<Subject>): Subject => {
  const subject = subjects.find(({ environment, component }) => environment === "existing" && component.name === name);
  if (!subject) throw new Error(`no ${name}`);
  return { ...subject, ...change(subject) };
};
/** A tool of the foundation of `prod`, which has all of them, with one thing changed. */
export const brokenPart = (name: string, change: (subject: PartSubject) => Partial<PartSubject>): PartSubject => {
  const subject = foundationOf(subjects).find(
    ({ environment, component }) => environment === "prod" && component.name === name,
  );
  if (!subject) throw new Error(`no ${name}`);
  return { ...subject, ...change(subject) };
};
export const release = (change: (one: PartSubject["releases"][number]) => object) => (subject: PartSubject) => ({
  releases: subject.releases.map((one) => ({ ...one, ...change(one) })),
});
export const value = (added: JsonValue) => release(({ values }) => ({ values: [...values, added] }));
export const without = (word: string) =>
  release(({ values }) => ({ values: JSON.parse(JSON.stringify(values).replaceAll(word, "X")) as JsonValue[] }));
/** A platform in whose releases one word is another. */
export function written(word: string, another: string): (subject: PartSubject) => Pick<PartSubject, "platform"> {
  return ({ platform }) => ({
    platform: {
      ...platform,
      releases: JSON.parse(JSON.stringify(platform.releases).replaceAll(word, another)) as typeof platform.releases,
    },
  });
}
export const component = (change: (one: AnyComponent) => object) => (subject: Subject) => ({
  component: { ...subject.component, ...change(subject.component) } as unknown as AnyComponent,
});
export const offer = (name: string, change: object) =>
  broken(name, ({ component: { role }, platform }) => ({
    platform: { ...platform, offers: { ...platform.offers, [role]: { ...platform.offers[role], ...change } } },
  }));
/** Another offer on this machine. */
export const offerHere = (name: string, change: (clientEnv: Readonly<Record<string, string>>) => object) =>
  broken(name, ({ lab }) => {
    if ("unavailable" in lab) throw new Error(`${name} does not run here`);
    const { offer } = lab;
    return { lab: { ...lab, offer: { ...offer, clientEnv: change(offer.clientEnv) } as typeof offer } };
  });
/** Another process on this machine, where it has that name. */
export const processHere = (name: string, process: string, change: (one: LabProcess) => Partial<LabProcess>) =>
  broken(name, ({ lab }) => {
    if ("unavailable" in lab) throw new Error(`${name} does not run here`);
    const changed = lab.processes.map((one) => (one.name === process ? { ...one, ...change(one) } : one));
    return { lab: { ...lab, processes: changed } };
  });
