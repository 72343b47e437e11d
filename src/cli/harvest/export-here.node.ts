/**
 * An export out of this machine's database. I/O in the database and on disk; it is noted before its files are there. The private
 * key opens what is sealed, and goes nowhere.
 */
import { openKeptRows } from '../../harvest/export/files/kept-rows.node.ts'
import { nameOfExport } from '../../harvest/export/increment/export-name.ts'
import {
  givenBefore,
  type Increment,
  notedArguments,
  openIncrement,
} from '../../harvest/export/increment/increment.ts'
import type { Config } from '../../start/config.ts'
import type { Open } from '../../transcript/seal/open.ts'
import { type Own, openOwn } from '../desk/own-ports.node.ts'
import { cliActor } from '../shell/cli-actor.node.ts'
import { UsageError } from '../shell/io.ts'
import type { OpenedExport } from './export-run.node.ts'
import type { ExportSettings } from './harvest-export-settings.node.ts'
import { readStore } from './read-store.node.ts'
import { runCascade } from './run-cascade.node.ts'

export async function openExportHere(
  config: Config,
  settings: ExportSettings,
  open: Open | null,
): Promise<OpenedExport> {
  const { filter } = settings
  const own = await openOwn(config)
  const { exports } = own
  const { transcripts, exportTexts, newExportId, clock } = own.ports
  const time = clock.now()
  const increment = await openOwnIncrement(own, settings)
  let close = () => {}
  return {
    async run(options) {
      const kept = openKeptRows(options.scratch)
      close = () => kept.close()
      const { told, chain } = increment
      const ran = await runCascade(settings, options, {
        source: readStore(own, { filter, range: told, open }),
        increment,
        given: () => givenBefore(own.database, chain),
        known: await exportTexts(),
        count: () => (told.after > 0 ? Promise.resolve(null) : transcripts.count(filter)),
        // Where content is sealed, nothing that is made of it stays in the database.
        onKept: (one) => kept.add(open ? { ...one, trace: null } : one),
      })
      return {
        ...ran,
        async note(manifestDigest) {
          const id = newExportId()
          const { name } = options.format
          const filters = notedArguments(settings.arguments, told)
          const made = { id, time, actor: cliActor(), format: name, filters, manifestDigest }
          const exportName = await nameOfExport({
            format: name,
            arguments: settings.arguments,
            increment: told,
          })
          const noted = await exports.record({ ...made, name: exportName }, kept.all())
          if (!noted.ok) throw new Error('Export again: somebody in it was deleted meanwhile')
          return id
        },
      }
    },
    async [Symbol.asyncDispose]() {
      close()
      await own[Symbol.asyncDispose]()
    },
  }
}

/** @throws UsageError where there is nothing to go on from. */
async function openOwnIncrement(
  { database, exports }: Own,
  { options, filter, increment, arguments: asked }: ExportSettings,
): Promise<Increment> {
  const { tenants } = filter
  const opened = await openIncrement(
    { database, exports },
    { ...increment, format: options.format.name, arguments: asked, tenants },
  )
  if (opened.ok) return opened.value
  throw new UsageError(opened.failure.message)
}
