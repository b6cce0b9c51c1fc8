import { emulatorEnvironment } from "../../rehearsal/emulator";

test("no way to a real account is left in the variables", () => {
  const env = emulatorEnvironment("http://127.0.0.1:4000", "eu-west-1", {
    PATH: "/bin",
    AWS_PROFILE: "production",
    AWS_SESSION_TOKEN: "secret",
    AWS_ACCESS_KEY_ID: "real",
    AWS_ENDPOINT_URL_S3: "https://s3.example.com",
    AWS_IGNORE_CONFIGURED_ENDPOINT_URLS: "true",
    NO_PROXY: "example.com",
  });
  expect(env).toEqual({
    PATH: "/bin",
    AWS_ENDPOINT_URL: "http://127.0.0.1:4000",
    AWS_ACCESS_KEY_ID: "rehearsal",
    AWS_SECRET_ACCESS_KEY: "rehearsal",
    AWS_REGION: "eu-west-1",
    AWS_DEFAULT_REGION: "eu-west-1",
    AWS_CONFIG_FILE: "/dev/null",
    AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
    AWS_EC2_METADATA_DISABLED: "true",
    NO_PROXY: "example.com,127.0.0.1,localhost",
    no_proxy: "example.com,127.0.0.1,localhost",
  });
});
