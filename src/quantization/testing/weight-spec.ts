import { boundsFor, INITIAL_BITS, type QuantizerSpec } from '../quantizer-spec'

/** A quantizer of `elements` weights at its initial width; of an activation where there are none. */
export const weightSpec = (id: string, elements: number): QuantizerSpec => ({
  id,
  kind: elements > 0 ? 'weight' : 'activation',
  layer: id,
  points: [{ id, layer: id, node: id, nncfId: id, order: 0, quantizes: [id] }],
  stateKey: id,
  mode: 'symmetric',
  ranges: 1,
  perChannel: false,
  scaleShape: [1],
  forceSigned: true,
  logarithmic: false,
  halfRange: false,
  initialBits: INITIAL_BITS,
  ...boundsFor(INITIAL_BITS),
  elements,
})
