/** Something a person can mend: what is wrong, the value, and the remedy. Shown without a stack trace. */
export class LabError extends Error {
  constructor(
    message: string,
    /** Lines that help to find the cause, such as the end of a log. */
    readonly details: readonly string[] = [],
  ) {
    super(message);
    this.name = "LabError";
  }
}
