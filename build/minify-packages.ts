import { minify, type Plugin } from 'vite'
import { packageOf } from './bundled-packages'

/** Makes parts of a bundle small that hold npm packages alone: nobody reads them, and our own code stays readable where an error names its lines. */
export function minifyPackages(): Plugin {
  return {
    name: 'minify-packages',
    async renderChunk(code, { fileName, moduleIds }) {
      // those that begin with a zero are the bundler's own
      const isOfPackages = moduleIds.every((id) => id.startsWith('\0') || packageOf(id) !== null)
      if (!isOfPackages) return null
      const { code: small, errors } = await minify(fileName, code, { module: true })
      const [error] = errors
      if (error !== undefined) throw new Error(`${fileName} can't be made smaller: ${error.message}`)
      return { code: small, map: null }
    },
  }
}
