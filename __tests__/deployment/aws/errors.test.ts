import { faultOf } from "../../../deployment/aws/errors";

const error = (name: string, message: string, more: object = {}) =>
  Object.assign(new Error(message), { name, ...more });

test.each([
  [error("ExpiredToken", "The security token included in the request is expired"), "expired", "aws sso login"],
  [
    error("CredentialsProviderError", "Could not load credentials from any providers"),
    "nobody is signed in",
    "AWS_PROFILE",
  ],
  [error("InvalidClientTokenId", "The security token is invalid"), "does not know these", "sign in"],
  [
    error("AccessDeniedException", "User: arn:x is not authorized to perform: eks:DescribeCluster on resource: y"),
    "you may not eks:DescribeCluster",
    "have eks:DescribeCluster allowed",
  ],
  [error("Error", "getaddrinfo ENOTFOUND eks.eu-wast-1.amazonaws.com", { code: "ENOTFOUND" }), "reached", "region"],
])("%s", (given, found, remedy) => {
  expect(faultOf(given)).toMatchObject({
    found: expect.stringContaining(found),
    remedy: expect.stringContaining(remedy),
  });
});
