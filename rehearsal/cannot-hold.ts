/** Resources that the emulator cannot hold, by type, with what fails. Every line here is a part that is not rehearsed. */
export const cannotHold: Readonly<Record<string, string>> = {};
