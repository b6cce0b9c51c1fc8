import { crc32, deflateRawSync } from "node:zlib";

export interface ZipEntry {
  /** The path within the archive, with slashes. */
  readonly name: string;
  readonly content: Buffer;
}

/** 1980-01-01, the first day that the format knows: an archive tells what is in it, not when it was made. */
const date = 0x21;
const version = 20;
const deflated = 8;

/** A ZIP archive of a few small files, all readable by everyone. */
export function zip(entries: readonly ZipEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const { name, content } of entries) {
    const path = Buffer.from(name);
    const data = deflateRawSync(content);
    // What both headers have in common, from the version that is needed to the length of the name.
    const common = Buffer.alloc(26);
    common.writeUInt16LE(version, 0);
    common.writeUInt16LE(deflated, 4);
    common.writeUInt16LE(date, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(data.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(path.length, 22);
    const local = Buffer.concat([Buffer.from("PK\x03\x04"), common, path, data]);
    const central = Buffer.alloc(14);
    // A regular file that its owner may write and everyone read.
    central.writeUInt32LE(0o100644 * 0x10000, 6);
    central.writeUInt32LE(offset, 10);
    // 3: the attributes are those of Unix.
    const madeBy = Buffer.from([version, 3]);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02"), madeBy, common, central, path]));
    files.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}
