import {
  CreateBucketCommand,
  HeadBucketCommand,
  PutObjectCommand,
  PutObjectLockConfigurationCommand,
} from "@aws-sdk/client-s3";
import { buckets } from "../../deployment/aws/kinds/data";
import { type AwsPlace, awsPlace } from "../../deployment/aws/place";
import { type Emulator, startEmulator } from "../../rehearsal/emulator";

/** A bucket of dumps, as the two kinds of environment lock it, that somebody wants gone. */

const region = "eu-west-1";
let emulator: Emulator;
let place: AwsPlace;

beforeAll(async () => {
  emulator = await startEmulator({ region });
  Object.assign(process.env, emulator.env);
  place = awsPlace({ name: "dev", region, state: { mode: "local" } });
});
afterAll(() => emulator?.stop());

async function locked(Mode: "GOVERNANCE" | "COMPLIANCE"): Promise<string> {
  const { s3 } = place.clients;
  const Bucket = `open-mlops-dev-dumps-${Mode.toLowerCase()}`;
  const CreateBucketConfiguration = { LocationConstraint: region } as const;
  await s3.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: true, CreateBucketConfiguration }));
  const Rule = { DefaultRetention: { Mode, Days: 14 } };
  const ObjectLockConfiguration = { ObjectLockEnabled: "Enabled", Rule } as const;
  await s3.send(new PutObjectLockConfigurationCommand({ Bucket, ObjectLockConfiguration }));
  await s3.send(new PutObjectCommand({ Bucket, Key: "databases/mlflow/20261121T023000Z.dump", Body: "dump" }));
  return Bucket;
}
const remove = (id: string) =>
  buckets.remove?.(place, { kind: "bucket", id, name: id, because: "its name", remedy: "", data: true });

test("of an environment that was not protected it goes", async () => {
  const id = await locked("GOVERNANCE");
  await remove(id);
  await expect(place.clients.s3.send(new HeadBucketCommand({ Bucket: id }))).rejects.toThrow();
});

test("of a protected one it stays, and says why", async () => {
  const id = await locked("COMPLIANCE");
  await expect(remove(id)).rejects.toThrow(/databases\/mlflow.* could not be deleted: .*lock/);
  await place.clients.s3.send(new HeadBucketCommand({ Bucket: id }));
});
