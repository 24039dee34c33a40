/** Functions for paths of the server, which may be Windows or POSIX paths. */

const lastSeparator = (path: string): number => Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\'))

export function baseName(path: string): string {
  const trimmed = path.replace(/[/\\]+$/, '')
  return trimmed.slice(lastSeparator(trimmed) + 1) || path
}

/** Whether a path is the folder itself or inside it. */
export function isInside(path: string, folder: string): boolean {
  if (path === folder) return true
  const base = folder.replace(/[/\\]+$/, '')
  const next = path.charAt(base.length)
  return path.startsWith(base) && (next === '/' || next === '\\')
}

export interface Crumb {
  readonly name: string
  readonly path: string
}

/** The folders from the outermost root that contains the path down to the path. Only the path itself when no root contains it. */
export function crumbs(path: string, roots: readonly Crumb[]): Crumb[] {
  const containing = roots.filter((root) => isInside(path, root.path))
  const root = containing.reduce<Crumb | null>((best, next) => (best && best.path.length <= next.path.length ? best : next), null)
  if (root === null) return [{ name: baseName(path), path }]
  const list: Crumb[] = [root]
  for (let at = root.path.replace(/[/\\]+$/, '').length; at < path.length; ) {
    const rest = path.slice(at + 1).search(/[/\\]/)
    const end = rest < 0 ? path.length : at + 1 + rest
    if (end > at + 1) list.push({ name: path.slice(at + 1, end), path: path.slice(0, end) })
    at = end
  }
  return list
}
