import { Module } from '@nestjs/common';
import { API_REFERENCE, ApiReferenceController } from './api-reference.controller.ts';
import { makeReference } from './api-reference.ts';

/** The description of the API, made at the start from the schemas that validate. */
@Module({
  controllers: [ApiReferenceController],
  providers: [{ provide: API_REFERENCE, useFactory: makeReference }],
})
export class ApiReferenceModule {}
