import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.ts';
import { ChatAnswers } from './chat-answers.ts';
import { ChatController } from './chat.controller.ts';
import { DegradedAnswers } from './degraded-answers.ts';
import { EmbeddingsController } from './embeddings.controller.ts';
import { ModelsController } from './models.controller.ts';

/** OpenAI's API below `/v1`, over the question service. */
@Module({
  imports: [QueryModule],
  controllers: [ChatController, ModelsController, EmbeddingsController],
  providers: [ChatAnswers, DegradedAnswers],
})
export class OpenAiModule {}
