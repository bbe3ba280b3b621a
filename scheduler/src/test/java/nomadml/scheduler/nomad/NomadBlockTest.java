package nomadml.scheduler.nomad;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ObjectNode;
import nomadml.spec.Json;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NomadBlockTest {
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "replaces a value whatever its case | {'Priority':50} | {'priority':80} | {'Priority':80}",
        "replaces what is not set | {'Spreads':null} | {'spreads':[{'Weight':5}]} | {'Spreads':[{'Weight':5}]}",
        "adds what is new | {'A':1} | {'B':{'C':2}} | {'A':1,'B':{'C':2}}",
        "merges blocks | {'A':{'B':1,'C':2}} | {'a':{'c':3}} | {'A':{'B':1,'C':3}}",
        "replaces lists of values | {'Datacenters':['*']} | {'datacenters':['a','b']} | {'Datacenters':['a','b']}",
        "lengthens lists of blocks | {'Constraints':[{'A':1}]} | {'constraints':[{'A':2}]} | {'Constraints':[{'A':1},{'A':2}]}",
        "merges groups and tasks one by one | {'TaskGroups':[{'Tasks':[{'A':1}]}]} | {'taskgroups':[{'tasks':[{'a':2},{'Name':'more'}]}]} | {'TaskGroups':[{'Tasks':[{'A':2},{'Name':'more'}]}]}",
        "keeps apart names that users choose | {'Env':{'PATH':'1'}} | {'env':{'path':'2'}} | {'Env':{'PATH':'1','path':'2'}}",
        "keeps apart names of a driver | {'Config':{'args':[1]}} | {'config':{'Args':[2]}} | {'Config':{'args':[1],'Args':[2]}}",
      })
  void does(String what, String job, String block, String expected) throws JsonProcessingException {
    ObjectNode merged = json(job);
    NomadBlock.merge(json(block), merged);
    assertThat(merged).as(what).isEqualTo(json(expected));
  }

  private static ObjectNode json(String text) throws JsonProcessingException {
    return (ObjectNode) Json.MAPPER.readTree(text.replace('\'', '"'));
  }
}
