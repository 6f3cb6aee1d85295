import { STATUS_CODES } from "node:http";
import type { Duplex } from "node:stream";
import { HttpProblem, PROBLEM_MEDIA_TYPE, type ProblemDocument, problemDocument } from "./problem.ts";

/** How long a refused peer may take to read why, before its socket is cut. */
const LINGER_MILLISECONDS = 1000;

/** Answers with a problem where there is no `ServerResponse` to do it: no request was read, or it is an upgrade. */
export function refuseSocket(socket: Duplex, problem: HttpProblem): void {
  answer(socket, problem.document, problem.facts.headers);
}

/** The same for a refusal that another adapter has named. */
export function refuseSocketWith(
  socket: Duplex,
  refusal: { status: number; code: string; detail: string; headers?: Readonly<Record<string, string>> },
): void {
  const { headers, ...facts } = refusal;
  const title = STATUS_CODES[refusal.status] ?? "The request is refused";
  answer(socket, problemDocument({ ...facts, title }), headers);
}

function answer(
  socket: Duplex,
  document: ProblemDocument,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(document);
  const fields = {
    "content-type": PROBLEM_MEDIA_TYPE,
    "content-length": new TextEncoder().encode(body).length,
    connection: "close",
    ...headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const status = `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status]}\r\n`;
  socket.on("error", () => socket.destroy());
  socket.end(`${status}${lines.join("")}\r\n${body}`);
  cutLater(socket);
}

/** Reads on until the peer has closed too: closing with unread bytes would reset the connection, answer and all. */
function cutLater(socket: Duplex): void {
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MILLISECONDS);
  socket.once("close", () => clearTimeout(timer));
}
