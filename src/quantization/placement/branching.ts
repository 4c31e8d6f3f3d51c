import type { Operation, Slot } from './operation-graph'
import type { Traffic, Traveller } from './traveller'

/** The operations other than agnostic ones that a value reaches first. */
function firstReaders(operation: Operation): Set<Operation> {
  const found = new Set<Operation>()
  for (const { operation: reader } of operation.readers) {
    if (reader.trait === 'agnostic') for (const next of firstReaders(reader)) found.add(next)
    else found.add(reader)
  }
  return found
}

/** The topmost travellers below an operation's output, one on every branch that has any. */
function travellersBelow(operation: Operation, traffic: Traffic): Set<Traveller> {
  const found = new Set<Traveller>()
  const look = (slot: Slot): void => {
    const here = traffic.at(slot)
    if (here) found.add(here)
    else if (slot.port === null) slot.operation.readers.forEach(look)
    else if (slot.operation.trait === 'agnostic' || slot.operation.trait === 'concat') look({ operation: slot.operation, port: null })
  }
  operation.readers.forEach(look)
  return found
}

/** Whether some branch below an output will never be quantized, so that travellers stay on theirs (spec 6.4). A concatenation may still be. */
export function hasFloatBranch(operation: Operation, traffic: Traffic): boolean {
  return [...firstReaders(operation)].some((reader) => reader.trait !== 'concat' && !traffic.serves(reader))
}

/** The travellers below an output when each of its branches has sent one and all of these have `arrived`; else null. */
export function arrivedOnAllBranches(operation: Operation, traffic: Traffic, arrived: ReadonlySet<Traveller>): Traveller[] | null {
  if ([...firstReaders(operation)].some((reader) => !traffic.serves(reader))) return null
  const below = [...travellersBelow(operation, traffic)]
  return below.every((traveller) => arrived.has(traveller)) ? below : null
}
