import { Buffer } from "node:buffer";
import {
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from "node:crypto";
import { SocketPeer } from "../contract/byte_peer.ts";
import {
  applicationSecrets,
  binderOf,
  finishedOf,
  handshakeSecrets,
  RecordCipher,
  resumptionKey,
  transcriptHash,
} from "./key_schedule.ts";

/**
 * A client of TLS 1.3 (RFC 8446) that says what it is told to say: it presents any bytes as its certificate, signs
 * with any key, and takes its tickets wherever it likes. Libraries refuse to, and an attacker does not.
 */

const RECORD = { cipherChange: 20, alert: 21, handshake: 22, data: 23 } as const;
const MESSAGE = { clientHello: 1, ticket: 4, certificate: 11, certificateVerify: 15, finished: 20 } as const;
const EXTENSION = {
  groups: 10,
  schemes: 13,
  preSharedKey: 41,
  versions: 43,
  keyExchange: 45,
  keyShare: 51,
} as const;
const SCHEME = { ecdsaP256: 0x0403, ecdsaP384: 0x0503, rsaPss: 0x0804, ed25519: 0x0807 } as const;
const GROUP_X25519 = 0x001d;
const BINDER_BYTES = 32;
/** What RFC 8410 puts before the 32 bytes of an X25519 public key. */
const X25519_SPKI = Buffer.from("302a300506032b656e032100", "hex");

/** What a session is resumed with. */
export interface Ticket {
  readonly identity: Buffer;
  readonly ageAdd: number;
  readonly key: Buffer;
}

/** What a forger presents. */
export interface Forgery {
  /** The Certificate message's entries, whatever they are. Empty: no certificate. */
  readonly chain: readonly Uint8Array[];
  /** Signs the handshake. Need not belong to the certificate. */
  readonly key?: KeyObject;
  readonly ticket?: Ticket;
}

interface ConnectionSecrets {
  readonly client: Uint8Array;
  readonly server: Uint8Array;
  readonly master: Uint8Array;
}

/** A connection whose handshake is done on our side. Whether the server believes it shows in what it says next. */
export class ForgedConnection {
  readonly peer: SocketPeer;
  /** Whether the server took the ticket. */
  readonly resumed: boolean;
  readonly #out: RecordCipher;
  readonly #in: RecordCipher;
  readonly #master: Uint8Array;
  /** The handshake's messages, which a ticket's key depends on. */
  readonly #messages: readonly Uint8Array[];

  constructor(
    peer: SocketPeer,
    secrets: ConnectionSecrets,
    handshake: { readonly messages: readonly Uint8Array[]; readonly resumed: boolean },
  ) {
    this.peer = peer;
    this.resumed = handshake.resumed;
    this.#out = new RecordCipher(secrets.client);
    this.#in = new RecordCipher(secrets.server);
    this.#master = secrets.master;
    this.#messages = handshake.messages;
  }

  send(data: Uint8Array): void {
    this.peer.send(this.record(data));
  }

  /** The record that carries `data`, for a test that sends it in its own way. */
  record(data: Uint8Array): Buffer {
    return this.#out.seal(data, RECORD.data);
  }

  /** The next application data, or `undefined` when the server ends or refuses with an alert. */
  async receive(): Promise<Buffer | undefined> {
    while (true) {
      const next = await this.#next();
      if (next?.type !== RECORD.handshake) return next?.content;
    }
  }

  /** The first ticket that the server gives. */
  async ticket(): Promise<Ticket> {
    const next = await this.#next();
    if (next?.type !== RECORD.handshake || next.content[0] !== MESSAGE.ticket) throw new Error("no ticket");
    return readTicket(next.content, (nonce) => resumptionKey(this.#master, this.#messages, nonce));
  }

  async #next(): Promise<{ content: Buffer; type: number } | undefined> {
    const record = await nextRecord(this.peer);
    if (record === undefined || record.type === RECORD.alert) return undefined;
    const next = this.#in.open(record.header, record.body);
    return next.type === RECORD.alert ? undefined : next;
  }
}

/**
 * Makes a handshake, up to our own Finished.
 *
 * @returns `undefined` when the server ended it before
 */
export async function forge(port: number, forgery: Forgery): Promise<ForgedConnection | undefined> {
  const peer = await SocketPeer.connect(port);
  const ours = generateKeyPairSync("x25519");
  const hello = helloOf(ours.publicKey, forgery.ticket);
  peer.send(Buffer.concat([Buffer.of(RECORD.handshake, 3, 1), uint16(hello.length), hello]));
  const answer = await nextRecord(peer);
  if (answer === undefined || answer.type !== RECORD.handshake) return undefined;
  const messages = [hello, answer.body];
  const { share, resumed } = readServerHello(answer.body);
  const shared = diffieHellman({ privateKey: ours.privateKey, publicKey: share });
  const secrets = handshakeSecrets(shared, messages, resumed ? forgery.ticket?.key : undefined);
  if (!await readServerFlight(peer, new RecordCipher(secrets.server), messages)) return undefined;
  const application = { ...applicationSecrets(secrets.next, messages), master: secrets.next };
  const out = new RecordCipher(secrets.client);
  const proof = resumed ? [] : clientProof(forgery, messages);
  const finished = message(MESSAGE.finished, finishedOf(secrets.client, messages));
  messages.push(finished);
  for (const part of [...proof, finished]) peer.send(out.seal(part, RECORD.handshake));
  return new ForgedConnection(peer, application, { messages, resumed });
}

/** Adds the server's messages up to its Finished. */
async function readServerFlight(
  peer: SocketPeer,
  cipher: RecordCipher,
  messages: Uint8Array[],
): Promise<boolean> {
  let pending = Buffer.alloc(0);
  while (true) {
    const record = await nextRecord(peer);
    if (record?.type !== RECORD.data) return false;
    pending = Buffer.concat([pending, cipher.open(record.header, record.body).content]);
    while (pending.length >= 4) {
      const length = 4 + pending.readUIntBE(1, 3);
      if (pending.length < length) break;
      messages.push(pending.subarray(0, length));
      if (pending[0] === MESSAGE.finished) return true;
      pending = pending.subarray(length);
    }
  }
}

/** Certificate and CertificateVerify, which join the transcript. */
function clientProof({ chain, key }: Forgery, messages: Uint8Array[]): Uint8Array[] {
  const entries = chain.map((der) => Buffer.concat([uint24(der.length), der, Buffer.of(0, 0)]));
  const list = Buffer.concat(entries);
  const certificate = message(
    MESSAGE.certificate,
    Buffer.concat([Buffer.of(0), uint24(list.length), list]),
  );
  messages.push(certificate);
  if (chain.length === 0 || key === undefined) return [certificate];
  const signed = Buffer.concat([
    Buffer.alloc(64, 0x20),
    Buffer.from("TLS 1.3, client CertificateVerify\0"),
    transcriptHash(messages),
  ]);
  const signature = sign("sha256", signed, key);
  const verify = message(
    MESSAGE.certificateVerify,
    Buffer.concat([uint16(SCHEME.ecdsaP256), uint16(signature.length), signature]),
  );
  messages.push(verify);
  return [certificate, verify];
}

function helloOf(ours: KeyObject, ticket: Ticket | undefined): Buffer {
  const share = ours.export({ format: "der", type: "spki" }).subarray(-32);
  const extensions = [
    extension(EXTENSION.groups, Buffer.concat([uint16(2), uint16(GROUP_X25519)])),
    extension(EXTENSION.schemes, schemes()),
    extension(EXTENSION.versions, Buffer.of(2, 3, 4)),
    extension(EXTENSION.keyExchange, Buffer.of(1, 1)),
    extension(EXTENSION.keyShare, Buffer.concat([uint16(36), uint16(GROUP_X25519), uint16(32), share])),
  ];
  if (ticket === undefined) return message(MESSAGE.clientHello, helloBody(extensions));
  const bare = message(MESSAGE.clientHello, helloBody([...extensions, preSharedKey(ticket)]));
  const binder = binderOf(ticket.key, bare.subarray(0, -(BINDER_BYTES + 3)));
  return Buffer.concat([bare.subarray(0, -BINDER_BYTES), binder]);
}

function helloBody(extensions: readonly Buffer[]): Buffer {
  const all = Buffer.concat(extensions);
  const suites = Buffer.concat([uint16(2), uint16(0x1301)]);
  return Buffer.concat([
    Buffer.of(3, 3),
    randomBytes(32),
    Buffer.of(0),
    suites,
    Buffer.of(1, 0),
    uint16(all.length),
    all,
  ]);
}

/** RFC 8446 §4.2.11, with zeros for the binder. */
function preSharedKey({ identity, ageAdd }: Ticket): Buffer {
  const age = Buffer.alloc(4);
  age.writeUInt32BE(ageAdd);
  const identities = Buffer.concat([uint16(identity.length), identity, age]);
  const binders = Buffer.concat([Buffer.of(BINDER_BYTES), Buffer.alloc(BINDER_BYTES)]);
  return extension(
    EXTENSION.preSharedKey,
    Buffer.concat([uint16(identities.length), identities, uint16(binders.length), binders]),
  );
}

function schemes(): Buffer {
  const all = Buffer.concat(Object.values(SCHEME).map(uint16));
  return Buffer.concat([uint16(all.length), all]);
}

/** What the server chose: its random, session id, suite and compression come before its extensions. */
function readServerHello(hello: Buffer): { share: KeyObject; resumed: boolean } {
  const extensions = new Map<number, Buffer>();
  for (let at = 44 + hello.readUInt8(38); at + 4 <= hello.length;) {
    const length = hello.readUInt16BE(at + 2);
    extensions.set(hello.readUInt16BE(at), hello.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const share = extensions.get(EXTENSION.keyShare)?.subarray(4);
  if (share === undefined) throw new Error("the server chose no key share");
  const key = Buffer.concat([X25519_SPKI, share]);
  return {
    share: createPublicKey({ key, format: "der", type: "spki" }),
    resumed: extensions.has(EXTENSION.preSharedKey),
  };
}

/** RFC 8446 §4.6.1 */
function readTicket(content: Buffer, keyOf: (nonce: Uint8Array) => Buffer): Ticket {
  const nonceBytes = content.readUInt8(12);
  const at = 13 + nonceBytes;
  return {
    ageAdd: content.readUInt32BE(8),
    key: keyOf(content.subarray(13, at)),
    identity: content.subarray(at + 2, at + 2 + content.readUInt16BE(at)),
  };
}

async function nextRecord(
  peer: SocketPeer,
): Promise<{ header: Buffer; type: number; body: Buffer } | undefined> {
  try {
    while (true) {
      const header = Buffer.from(await peer.receive(5));
      const body = Buffer.from(await peer.receive(header.readUInt16BE(3)));
      const type = header[0] ?? 0;
      // The change of cipher that middle boxes want to see says nothing.
      if (type !== RECORD.cipherChange) return { header, type, body };
    }
  } catch {
    return undefined;
  }
}

function message(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(type), uint24(body.length), body]);
}

function extension(type: number, body: Uint8Array): Buffer {
  return Buffer.concat([uint16(type), uint16(body.length), body]);
}

function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

function uint24(value: number): Buffer {
  return Buffer.of(value >> 16, (value >> 8) & 0xff, value & 0xff);
}
