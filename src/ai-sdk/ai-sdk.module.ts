import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.ts';
import { ChatController } from './chat.controller.ts';
import { ChatStreams } from './chat-streams.ts';

/** The UI message stream of the AI SDK over the question service. */
@Module({
  imports: [QueryModule],
  controllers: [ChatController],
  providers: [ChatStreams],
})
export class AiSdkModule {}
