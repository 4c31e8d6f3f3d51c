import { StudioError } from '../contract/errors'
import type { DatasetName } from '../contract/models'
import type { ImageSource } from './image-source'
import type { ImageShape } from './pixels'

/** Throws CONFIG_INVALID when the images of a source cannot be brought to the size that the network takes. */
export function checkShape(name: DatasetName, source: ImageSource, wanted: ImageShape): void {
  if (source.kind === 'black') return
  if (source.kind === 'files' || source.resizeFirst) {
    if (wanted.channels === 3 && wanted.width === wanted.height) return
    throw refused(`The images of ${name} are brought to a square in colour`, 'a square size with 3 channels', wanted)
  }
  const { height, width, channels } = source.store
  const sameSize = wanted.height === height && wanted.width === width
  const isSmall = height === 28 && width === 28
  const padded = isSmall && wanted.height === 32 && wanted.width === 32
  const sameChannels = wanted.channels === channels || (channels === 1 && wanted.channels === 3)
  if ((sameSize || padded) && sameChannels) return
  const sizes = isSmall ? '28 x 28, or 32 x 32 with a black border' : `${height} x ${width}`
  const resized = name === 'cifar100' ? '; or set dataset to cifar100_224x224, which resizes them' : ''
  throw refused(
    `The images of ${name} are ${height} x ${width} with ${channels} channel${channels === 1 ? '' : 's'}`,
    `${sizes}; ${channels === 1 ? '1 channel, or 3 equal ones' : `${channels} channels`}${resized}`,
    wanted,
  )
}

function refused(what: string, allowed: string, wanted: ImageShape): StudioError {
  const found = `${wanted.height} x ${wanted.width} with ${wanted.channels} channels`
  const message = `${what} and cannot be given to a network for ${found}. Set input_info.sample_size to one of: ${allowed}.`
  return new StudioError('CONFIG_INVALID', message, { issues: [{ path: 'input_info.sample_size', message, found, allowed }] })
}
