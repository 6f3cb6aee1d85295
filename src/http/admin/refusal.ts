import { HttpProblem, type ParameterFault } from "../problem.ts";
import type { ManagedChange, ManagedFault, ManagedRefusal } from "./ports.ts";

/** Whether a change was refused. */
export function isRefusal(answer: ManagedChange | ManagedRefusal): answer is ManagedRefusal {
  return "code" in answer;
}

/** A refusal as the problem of the same name. */
export function problemOfRefusal({ code, detail, faults }: ManagedRefusal): HttpProblem {
  return new HttpProblem(code, { detail, ...faults.length === 0 ? {} : { faults: faults.map(faultOf) } });
}

function faultOf({ code, path, expected, position }: ManagedFault): ParameterFault {
  return { parameter: path, detail: `use ${expected}`, code, ...position === undefined ? {} : { position } };
}
