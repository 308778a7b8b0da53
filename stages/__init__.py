"""What happens in each kind of step, one file a kind; written to be read beside the paper.

| paper (V2) | node | makes | kind | file |
|---|---|---|---|---|
| A.1 | base, student_base | stand-ins for V3-Base and the student | Pretrain | pretrain.py |
| 2 | r1_zero | R1-Zero | GRPO | grpo.py |
| B.3.2 | coldstart_data | readable thoughts, sampled from R1-Zero | RejectionSampling | rejection_sampling.py |
| B.4.2 | coldstart | Dev1 | SFT | sft.py |
| 3.2.1 | reasoning_rl | Dev2 | GRPO | grpo.py |
| B.3.3 | rejection_sampling | the set for Dev3 and the students | RejectionSampling | rejection_sampling.py |
| B.4.2 | rejection_sft | Dev3, from the base model again | SFT | sft.py |
| 3.1, B.2 | helpful_rm, safety_rm | reward models | RewardModel | reward_model.py |
| 3.2.2 | all_scenario_rl | R1 | GRPO | grpo.py |
| B.4.3 | distill | R1-Distill | SFT | sft.py |
| D.1 | eval_* | a report on each of these models | Evaluate | evaluate.py |

A kind is a Python class, a node is a step of a recipe: `conf/stage/<node>.yaml` names the kind and all of its numbers.
"""
