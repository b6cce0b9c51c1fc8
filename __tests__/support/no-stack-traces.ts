// Imported first by processes that synthesize hundreds of stacks: for every token cdktf takes a stack that nobody reads,
// and finding each frame's place in the sources takes as long as the rest. `new Error` has its stack as ever.
Error.captureStackTrace = () => undefined;
