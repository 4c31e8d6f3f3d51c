// Runs an exported model on a folder of images: node examples/classify.mjs MODEL.onnx FOLDER
// Needs onnxruntime-node (or onnxruntime-web, with the same calls). Takes binary PGM and PPM files of the model's size (P5, P6), which every
// image program writes (`convert photo.png -resize 28x28! photo.pgm`); for other files put a decoder in place of `readPixels`.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ort from 'onnxruntime-node'

const [modelFile, folder] = process.argv.slice(2)
if (modelFile === undefined || folder === undefined) {
  console.error('usage: node classify.mjs MODEL.onnx FOLDER')
  process.exit(2)
}

/** Width, height, channels and pixels (rows of channels, 0 to 255) of a binary PGM or PPM file. */
function readPixels(file) {
  const bytes = readFileSync(file)
  const header = /^P([56])\s+(?:#[^\n]*\n\s*)*(\d+)\s+(\d+)\s+255\s/.exec(bytes.toString('latin1', 0, 512))
  if (header === null) throw new Error(`${file} is not a binary PGM or PPM file with 8 bits a channel`)
  const [all, kind, width, height] = header
  return { width: Number(width), height: Number(height), channels: kind === '5' ? 1 : 3, pixels: bytes.subarray(all.length) }
}

/** What the file says about itself: its input size and the names of its classes. */
function manifestOf(file) {
  const text = readFileSync(file).toString('utf8')
  const start = text.indexOf('{', text.indexOf('fracbits_manifest'))
  let depth = 0
  for (let at = start; at < text.length; at++) {
    if (text[at] === '{') depth++
    if (text[at] === '}' && --depth === 0) return JSON.parse(text.slice(start, at + 1))
  }
  throw new Error(`${file} has no manifest: it was not exported by FracBits Studio`)
}

const { input, classNames } = manifestOf(modelFile)
const [height, width, channels] = input
const session = await ort.InferenceSession.create(modelFile)
for (const name of readdirSync(folder).sort()) {
  if (!/\.(pgm|ppm)$/i.test(name)) continue
  const image = readPixels(join(folder, name))
  if (image.width !== width || image.height !== height || image.channels !== channels)
    throw new Error(`${name} is ${image.width} x ${image.height} x ${image.channels}, the model takes ${width} x ${height} x ${channels}`)
  // The pixels go in as they are; normalisation is part of the model.
  const images = new ort.Tensor('uint8', Uint8Array.from(image.pixels.subarray(0, height * width * channels)), [1, height, width, channels])
  const { logits } = await session.run({ images })
  const scores = Array.from(logits.data)
  const best = scores.indexOf(Math.max(...scores))
  const sum = scores.reduce((total, score) => total + Math.exp(score - scores[best]), 0)
  console.log(`${name}\t${classNames[best] ?? best}\t${(100 / sum).toFixed(1)} %`)
}
