import { expectTypeOf, it } from 'vitest'

import type { MediaDetail } from '../core/media'
import type { QueryBody } from '../core/query'
import type { Bucket, Columns, Flag, MediaKind } from '../core/types'
import type { components } from './generated/schema'

type Schemas = components['schemas']

it('keeps the types of core, which imports nothing of the API, in step with the OpenAPI document', () => {
  expectTypeOf<Schemas['Columns']>().toExtend<Columns>()
  expectTypeOf<Schemas['Bucket']>().toExtend<Bucket>()
  expectTypeOf<Schemas['MediaDetails']>().toExtend<MediaDetail>()
  expectTypeOf<QueryBody>().toExtend<Schemas['GridQueryBody']>()
  expectTypeOf<Flag>().toEqualTypeOf<Schemas['MediaDetails']['flag']>()
  expectTypeOf<MediaKind>().toEqualTypeOf<Schemas['MediaDetails']['kind']>()
})
