import { Controller, Get, Module, Injectable } from '@nestjs/common';
@Injectable()
class A {
  x = 1;
}
@Controller()
class C {
  constructor(private readonly a: A) {}
  @Get() get() {
    return this.a.x;
  }
}
@Module({ controllers: [C], providers: [A] })
export class AppModule {}
