import { Module } from '@nestjs/common';
import { QueryModule } from '../query/query.module.ts';
import { AskTool } from './ask-tool.ts';
import { DocumentTools } from './document-tools.ts';
import { McpController } from './mcp.controller.ts';
import { McpServers } from './mcp-servers.ts';

/** The Model Context Protocol over the questions and searches of `query/`. */
@Module({
  imports: [QueryModule],
  controllers: [McpController],
  providers: [McpServers, DocumentTools, AskTool],
})
export class McpModule {}
