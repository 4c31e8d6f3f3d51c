import type { Plugin } from 'vite'

const FOLDER = '/node_modules/'

/** Name of the npm package that a module's file belongs to; null for one of our own. */
export function packageOf(moduleId: string): string | null {
  const at = moduleId.lastIndexOf(FOLDER)
  if (at === -1) return null
  const [first = '', second = ''] = moduleId.slice(at + FOLDER.length).split('/')
  return first.startsWith('@') ? `${first}/${second}` : first
}

/** Writes `bundled-packages.json` beside a bundle: the npm packages whose code went into it, since their licences go along with it. */
export function listBundledPackages(): Plugin {
  return {
    name: 'list-bundled-packages',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? part.moduleIds : []))
      const names = new Set(modules.map(packageOf).filter((name) => name !== null))
      this.emitFile({ type: 'asset', fileName: 'bundled-packages.json', source: JSON.stringify([...names].sort(), null, 2) })
    },
  }
}
