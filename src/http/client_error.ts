import type { Duplex } from "node:stream";
import { HttpProblem } from "./problem.ts";
import { refuseSocket } from "./refuse_socket.ts";

/** Answers bytes that are no HTTP request, or not all of one; `node:http` leaves the socket to us. */
export function answerClientError(error: Error & { readonly code?: string }, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  refuseSocket(socket, problemOf(error.code));
}

function problemOf(code: string | undefined): HttpProblem {
  switch (code) {
    case "ERR_HTTP_REQUEST_TIMEOUT":
      return new HttpProblem("request-timeout", {
        detail: "Cannot wait any longer for the rest of the request",
      });
    case "HPE_HEADER_OVERFLOW":
      return new HttpProblem("headers-too-large", { detail: "Cannot read headers of this size" });
    default:
      return new HttpProblem("request-invalid", {
        detail: "Cannot read the request: it is not valid HTTP/1.1",
      });
  }
}
