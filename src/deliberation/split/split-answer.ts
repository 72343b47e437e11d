/** The last stage where no tag of ours is due: all text is the answer, and any boundary in it is a failure. No I/O. */
import type { Stage } from './marker-scanner.ts'
import type { SplitLedger } from './split-ledger.ts'

export function createAnswerStage(ledger: SplitLedger): Stage {
  return {
    text: (text) => ledger.release(text),
    marker: () => ledger.fail('odd_boundary'),
    end() {},
  }
}
