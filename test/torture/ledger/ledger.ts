import { Clock } from "./clock.ts";
import { FaultLog } from "./fault.ts";
import { MessageLedger } from "./message_ledger.ts";
import { RetainedLedger } from "./retained_ledger.ts";
import { WillLedger } from "./will_ledger.ts";

/**
 * The books of a run: what clients sent and what they were told, nothing else. Whatever a broker does inside, it is
 * held to what it acknowledged.
 */
export class Ledger {
  readonly faults = new FaultLog();
  readonly messages = new MessageLedger(new Clock(), this.faults);
  readonly retained = new RetainedLedger(this.faults);
  readonly wills = new WillLedger(this.faults);
}
